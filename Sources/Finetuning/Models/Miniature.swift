internal import Display

/// The small models that the library carries: one of each kind, of equal size, pretrained on the same texts (``Stories``).
///
/// | | layers | width | heads | parameters |
/// |---|---|---|---|---|
/// | BERT-shaped | 4 | 128 | 4 | 0.9 M |
/// | GPT-shaped | 4 | 128 | 4 | 0.8 M |
/// | T5-shaped | 2 + 2 | 128 | 4 | 1.0 M |
///
/// They share a vocabulary: the words of the stories, and letters for all others. Configurations and tokenizers are files as transformers
/// reads them.
struct Miniature {
  let kind: ModelKind

  static let width = 128
  static let context = 128
  static let sentinelCount = 16

  static let specialTokens =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "</s>"] + (0..<sentinelCount).map { "<extra_id_\($0)>" }

  /// Special tokens, punctuation, letters and digits at the beginning and inside of a word, then the words of the stories.
  static let vocabulary: [String] = {
    let signs = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".map(String.init)
    let letters = "abcdefghijklmnopqrstuvwxyz0123456789".map(String.init)
    var words: [String] = ["did", "not", "were", "by"] + Lexicon.openers
    for meaning in Lexicon.meanings { words += meaning.verbs.flatMap { [$0.base, $0.past, Lexicon.participle($0)] } }
    words += Lexicon.kinds.flatMap { [$0.name] + $0.members } + Lexicon.numbers + Lexicon.colors
    words += (Lexicon.agents + Lexicon.places + Lexicon.times + Lexicon.purposes).flatMap {
      $0.split(separator: " ").map { $0.lowercased() }
    }
    words += [
      "is", "it", "that", "of", "to", "and", "or", "a", "an", "he", "she", "they", "was", "entailment", "neutral", "contradiction",
      "premise", "hypothesis",
    ]
    var seen: Set<String> = []
    return (specialTokens + signs + letters + letters.map { "##" + $0 } + words).filter { seen.insert($0).inserted }
  }()

  static func id(_ token: String) -> Int { vocabulary.firstIndex(of: token) ?? 1 }

  /// `config.json`.
  var config: JSON {
    let vocabularySize = JSON.integer(Miniature.vocabulary.count)
    let (width, context) = (JSON.integer(Miniature.width), JSON.integer(Miniature.context))
    switch kind {
    case .encoder:
      return [
        "architectures": ["BertForPreTraining"], "model_type": "bert", "vocab_size": vocabularySize, "hidden_size": width,
        "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 512, "hidden_act": "gelu",
        "max_position_embeddings": context, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1, "pad_token_id": 0,
      ]
    case .decoder:
      return [
        "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": vocabularySize, "n_embd": width, "n_layer": 4,
        "n_head": 4, "n_positions": context, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5, "resid_pdrop": 0.1,
        "embd_pdrop": 0.1, "attn_pdrop": 0.1, "bos_token_id": 5, "eos_token_id": 5, "pad_token_id": 0,
      ]
    case .encoderDecoder:
      return [
        "architectures": ["T5ForConditionalGeneration"], "model_type": "t5", "vocab_size": vocabularySize, "d_model": width, "d_kv": 32,
        "num_heads": 4, "d_ff": 512, "num_layers": 2, "num_decoder_layers": 2, "feed_forward_proj": "relu", "dropout_rate": 0.1,
        "layer_norm_epsilon": 1e-6, "relative_attention_num_buckets": 32, "relative_attention_max_distance": 128,
        "tie_word_embeddings": true, "is_encoder_decoder": true, "pad_token_id": 0, "eos_token_id": 5, "decoder_start_token_id": 0,
      ]
    }
  }

  /// `tokenizer.json`.
  var tokenizer: JSON {
    let added = Miniature.specialTokens.enumerated().map { id, token -> JSON in
      [
        "id": .integer(id), "content": .string(token), "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
        "special": true,
      ]
    }
    func special(_ token: String) -> (String, JSON) {
      (token, ["id": .string(token), "ids": [.integer(Miniature.id(token))], "tokens": [.string(token)]])
    }
    func sequence(_ name: String, _ type: Int) -> JSON { ["Sequence": ["id": .string(name), "type_id": .integer(type)]] }
    func token(_ name: String, _ type: Int) -> JSON { ["SpecialToken": ["id": .string(name), "type_id": .integer(type)]] }
    let processor: JSON
    switch kind {
    case .encoder:
      processor = [
        "type": "TemplateProcessing", "single": [token("[CLS]", 0), sequence("A", 0), token("[SEP]", 0)],
        "pair": [token("[CLS]", 0), sequence("A", 0), token("[SEP]", 0), sequence("B", 1), token("[SEP]", 1)],
        "special_tokens": .object(JSON.Object([special("[CLS]"), special("[SEP]")])),
      ]
    case .decoder: processor = .null
    case .encoderDecoder:
      processor = [
        "type": "TemplateProcessing", "single": [sequence("A", 0), token("</s>", 0)],
        "pair": [sequence("A", 0), token("</s>", 0), sequence("B", 0), token("</s>", 0)],
        "special_tokens": .object(JSON.Object([special("</s>")])),
      ]
    }
    return [
      "version": "1.0", "truncation": .null, "padding": .null, "added_tokens": .array(added),
      "normalizer": [
        "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": .null, "lowercase": true,
      ],
      "pre_tokenizer": ["type": "BertPreTokenizer"], "post_processor": processor,
      "decoder": ["type": "WordPiece", "prefix": "##", "cleanup": true],
      "model": [
        "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
        "vocab": .object(JSON.Object(Miniature.vocabulary.enumerated().map { ($1, .integer($0)) })),
      ],
    ]
  }

  /// `tokenizer_config.json`.
  var tokenizerConfig: JSON {
    var fields: [(String, JSON)] = [
      ("tokenizer_class", "PreTrainedTokenizerFast"), ("unk_token", "[UNK]"), ("pad_token", "[PAD]"),
      ("clean_up_tokenization_spaces", true),
      ("model_max_length", .integer(Miniature.context)),
    ]
    switch kind {
    case .encoder:
      fields += [
        ("cls_token", "[CLS]"), ("sep_token", "[SEP]"), ("mask_token", "[MASK]"),
        ("model_input_names", ["input_ids", "token_type_ids", "attention_mask"]),
      ]
    case .decoder: fields += [("bos_token", "</s>"), ("eos_token", "</s>")]
    case .encoderDecoder: fields += [("eos_token", "</s>")]
    }
    return .object(JSON.Object(fields))
  }
}
