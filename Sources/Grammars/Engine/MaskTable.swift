import LanguageModels

/// Which tokens may come next, for every set of stacks that was asked about.
///
/// Most tokens end inside the rule that stands uppermost: whether they fit depends on its state alone, and is found once for all stacks
/// below (the context-independent tokens of Dong et al. 2024, «XGrammar»). Only tokens that end the rule are tried on the stack below it.
struct MaskTable {
  struct Name: Hashable {
    let set: Int32
    let vocabulary: ObjectIdentifier
    let isFirst: Bool
  }

  /// What a rule's state allows whatever is below.
  struct Local {
    var mask: TokenMask
    /// The places in the tree of tokens at which the rule may have ended, so that what is below goes on.
    var ends: [Int32]
    /// How many places lie under those.
    var rest: Int
  }

  var masks: [Name: TokenMask] = [:]
  var locals: [Name: Local] = [:]
  /// Keeps the vocabularies whose names are in use.
  var vocabularies: [TokenBytes] = []
  /// More masks than this are forgotten together: each has a bit per token.
  static let limit = 4_096
}

extension StackArena {
  mutating func mask(of set: Int32, _ tokens: TokenBytes, isFirst: Bool) -> TokenMask {
    let name = MaskTable.Name(set: set, vocabulary: ObjectIdentifier(tokens), isFirst: isFirst)
    if let known = masks.masks[name] { return known }
    if !masks.vocabularies.contains(where: { $0 === tokens }) { masks.vocabularies.append(tokens) }
    let trie = tokens.trie(isFirst: isFirst)
    let mask = makeMask(of: set, tokens, trie, isFirst: isFirst)
    if masks.masks.count >= MaskTable.limit { masks.masks.removeAll() }
    masks.masks[name] = mask
    return mask
  }

  private mutating func makeMask(of set: Int32, _ tokens: TokenBytes, _ trie: TokenTrie, isFirst: Bool) -> TokenMask {
    var groups: [(below: Int32, states: [Int32])] = []
    for pair in pairs(of: set) {
      if let index = groups.firstIndex(where: { $0.below == pair.below }) {
        groups[index].states.append(pair.state)
      } else {
        groups.append((pair.below, [pair.state]))
      }
    }
    var mask = TokenMask(count: tokens.count)
    var rest: [(place: Int32, set: Int32)] = []
    var places = 0
    for group in groups {
      let local = localMask(of: self.local(group.states), tokens, trie, isFirst: isFirst)
      mask.formUnion(local.mask)
      let after = local.ends.isEmpty ? Self.dead : afterReturn(to: group.below)
      if pairs(of: after).isEmpty { continue }
      places += local.rest
      rest += local.ends.map { ($0, after) }
    }
    if places > trie.nodeCount {
      walk(trie, from: 0, to: trie.nodeCount, set, into: &mask)
    } else {
      for (place, after) in rest { walk(trie, from: Int(place) + 1, to: Int(trie.ends[Int(place)]), after, into: &mask) }
    }
    return mask
  }

  private mutating func localMask(of set: Int32, _ tokens: TokenBytes, _ trie: TokenTrie, isFirst: Bool) -> MaskTable.Local {
    let name = MaskTable.Name(set: set, vocabulary: ObjectIdentifier(tokens), isFirst: isFirst)
    if let known = masks.locals[name] { return known }
    var local = MaskTable.Local(mask: TokenMask(count: tokens.count), ends: [], rest: 0)
    var ends: [Int32] = []
    walk(trie, from: 0, to: trie.nodeCount, set, into: &local.mask) { ends.append(Int32($0)) }
    local.ends = ends.filter { trie.ends[Int($0)] > $0 + 1 }
    local.rest = local.ends.reduce(0) { $0 + Int(trie.ends[Int($1)] - $1 - 1) }
    if masks.locals.count >= MaskTable.limit { masks.locals.removeAll() }
    masks.locals[name] = local
    return local
  }

  /// Marks the tokens of a part of the tree that can be read; says where the unknown stack came to the top.
  private mutating func walk(
    _ trie: TokenTrie, from start: Int, to end: Int, _ set: Int32, into mask: inout TokenMask, onUnknown: ((Int) -> Void)? = nil
  ) {
    guard start < end else { return }
    let (bytes, depths, ends, tokenStarts, tokens) = (trie.bytes, trie.depths, trie.ends, trie.tokenStarts, trie.tokens)
    let top = Int(depths[start]) - 1
    // The sets after the bytes on the way to the current place.
    var path = [Int32](repeating: 0, count: trie.depth - top + 1)
    path[0] = set
    var words = mask.words
    var place = start
    while place < end {
      let depth = Int(depths[place]) - 1 - top
      let next = step(path[depth], bytes[place])
      if next == Self.dead {
        place = Int(ends[place])
        continue
      }
      for index in Int(tokenStarts[place])..<Int(tokenStarts[place + 1]) {
        let token = Int(tokens[index])
        words[token >> 6] |= 1 << UInt64(token & 63)
      }
      if let onUnknown, flags(of: next).contains(.open) { onUnknown(place) }
      path[depth + 1] = next
      place += 1
    }
    mask = TokenMask(count: mask.count, words: words)
  }
}
