@_exported import Decoding
@_exported import Display
@_exported import Finetuning
@_exported import Grammars
@_exported import LanguageModels
@_exported import Layers
@_exported import Pretrained
@_exported import Tensors
