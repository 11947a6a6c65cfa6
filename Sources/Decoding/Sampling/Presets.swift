/// The chains of other engines: their order, their defaults, their names for the settings.
///
/// ```swift
/// try await model.generate("The king", using: .llamaCpp(temperature: 0.7), seed: 7)
/// ```
/// A setting at the value that turns it off leaves no adapter behind: the chain that is printed is the chain that runs.
extension RandomStrategy where Self == Sampling {
  /// The chain of transformers' `generate(do_sample=True)`: penalties, then temperature, then the filters.
  ///
  /// Source: `GenerationMixin._get_logits_processor` and `GenerationConfig` of transformers 5.
  public static func transformers(
    temperature: Double = 1, topK: Int = 50, topP: Double = 1, minP: Double = 0, typicalP: Double = 1, epsilonCutoff: Double = 0,
    etaCutoff: Double = 0, repetitionPenalty: Double = 1, noRepeatNGramSize: Int = 0, guidanceScale: Double = 1, maximumNewTokens: Int = 20
  ) -> Sampling {
    Sampling(maximumNewTokens: maximumNewTokens) {
      if guidanceScale != 1 { Guidance(guidanceScale) }
      if repetitionPenalty != 1 { RepetitionPenalty(repetitionPenalty) }
      if noRepeatNGramSize != 0 { NoRepeatNGram(noRepeatNGramSize) }
      if temperature != 1 { Temperature(temperature) }
      if topK != 0 { TopK(topK) }
      if topP != 1 { TopP(topP) }
      if minP != 0 { MinP(minP) }
      if typicalP != 1 { Typical(typicalP) }
      if epsilonCutoff != 0 { EpsilonCutoff(epsilonCutoff) }
      if etaCutoff != 0 { EtaCutoff(etaCutoff) }
    }
  }

  /// The chain of llama.cpp's programs: penalties, DRY, then the filters, temperature last.
  ///
  /// Penalties look at the last `repeatLastN` tokens, of the prompt too.
  ///
  /// Source: `common_params_sampling` of llama.cpp.
  public static func llamaCpp(
    temperature: Double = 0.8, topK: Int = 40, topP: Double = 0.95, minP: Double = 0.05, typicalP: Double = 1, topNSigma: Double = -1,
    xtcProbability: Double = 0, xtcThreshold: Double = 0.1, repeatPenalty: Double = 1, frequencyPenalty: Double = 0,
    presencePenalty: Double = 0, repeatLastN: Int = 64, dryMultiplier: Double = 0, dryBase: Double = 1.75, dryAllowedLength: Int = 2,
    maximumNewTokens: Int = 20
  ) -> Sampling {
    let last = repeatLastN < 0 ? Occurrences.all : .last(repeatLastN)
    return Sampling(maximumNewTokens: maximumNewTokens) {
      if repeatPenalty != 1 { RepetitionPenalty(repeatPenalty, in: last) }
      if frequencyPenalty != 0 { FrequencyPenalty(frequencyPenalty, in: last) }
      if presencePenalty != 0 { PresencePenalty(presencePenalty, in: last) }
      if dryMultiplier != 0 { DRY(multiplier: dryMultiplier, base: dryBase, allowedLength: dryAllowedLength) }
      if topNSigma > 0 { TopNSigma(topNSigma) }
      if topK > 0 { TopK(topK) }
      if typicalP != 1 { Typical(typicalP) }
      if topP != 1 { TopP(topP) }
      if minP != 0 { MinP(minP) }
      if xtcProbability != 0 { XTC(threshold: xtcThreshold, probability: xtcProbability) }
      if temperature != 1 { Temperature(temperature) }
    }
  }

  /// The chain of vLLM: logit bias, penalties, temperature, min-p, top-k, top-p.
  ///
  /// Repetition penalties look at the prompt too, the other two do not.
  ///
  /// Source: `SamplingParams` and `vllm/v1/sample/sampler.py` of vLLM.
  public static func vLLM(
    temperature: Double = 1, topP: Double = 1, topK: Int = 0, minP: Double = 0, presencePenalty: Double = 0, frequencyPenalty: Double = 0,
    repetitionPenalty: Double = 1, logitBias: [Int: Double] = [:], maximumNewTokens: Int = 16
  ) -> Sampling {
    Sampling(maximumNewTokens: maximumNewTokens) {
      if !logitBias.isEmpty { LogitBias(logitBias) }
      if repetitionPenalty != 1 { RepetitionPenalty(repetitionPenalty) }
      if frequencyPenalty != 0 { FrequencyPenalty(frequencyPenalty) }
      if presencePenalty != 0 { PresencePenalty(presencePenalty) }
      if temperature != 1 { Temperature(temperature) }
      if minP != 0 { MinP(minP) }
      if topK > 0 { TopK(topK) }
      if topP != 1 { TopP(topP) }
    }
  }

  /// The chain of CTranslate2: penalties, top-k, temperature, top-p. Its default, a top-k of 1, is greedy.
  ///
  /// Source: `generate_batch` of CTranslate2. That the temperature comes before top-p was seen in the frequencies of 6,000 draws of
  /// version 4.8.5.
  public static func cTranslate2(
    topK: Int = 1, topP: Double = 1, temperature: Double = 1, repetitionPenalty: Double = 1, noRepeatNGramSize: Int = 0,
    maximumNewTokens: Int = 20
  ) -> Sampling {
    Sampling(maximumNewTokens: maximumNewTokens) {
      if repetitionPenalty != 1 { RepetitionPenalty(repetitionPenalty) }
      if noRepeatNGramSize != 0 { NoRepeatNGram(noRepeatNGramSize) }
      if topK != 0 { TopK(topK) }
      if temperature != 1 { Temperature(temperature) }
      if topP != 1 { TopP(topP) }
    }
  }
}
