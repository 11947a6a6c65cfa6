/// The words of the template generator: what happens, to what, where, when.
enum Lexicon {
  struct Verb {
    let base: String
    /// Past tense and participle: they are the same for all of them.
    let past: String
  }

  /// Verbs of one meaning, and the number of their opposite.
  struct Meaning {
    let verbs: [Verb]
    let opposite: Int
  }

  static let meanings = [
    Meaning(verbs: [Verb(base: "buy", past: "bought"), Verb(base: "purchase", past: "purchased")], opposite: 1),
    Meaning(verbs: [Verb(base: "sell", past: "sold")], opposite: 0),
    Meaning(verbs: [Verb(base: "find", past: "found"), Verb(base: "discover", past: "discovered")], opposite: 3),
    Meaning(verbs: [Verb(base: "lose", past: "lost"), Verb(base: "misplace", past: "misplaced")], opposite: 2),
    Meaning(verbs: [Verb(base: "bring", past: "brought"), Verb(base: "deliver", past: "delivered")], opposite: 5),
    Meaning(verbs: [Verb(base: "remove", past: "removed")], opposite: 4),
    Meaning(verbs: [Verb(base: "hide", past: "hid"), Verb(base: "conceal", past: "concealed")], opposite: 7),
    Meaning(verbs: [Verb(base: "show", past: "showed"), Verb(base: "display", past: "displayed")], opposite: 6),
    Meaning(verbs: [Verb(base: "clean", past: "cleaned"), Verb(base: "wash", past: "washed")], opposite: 9),
    Meaning(verbs: [Verb(base: "stain", past: "stained")], opposite: 8),
  ]

  /// The participle differs from the past tense.
  static func participle(_ verb: Verb) -> String { ["hide": "hidden", "show": "shown"][verb.base] ?? verb.past }

  /// Kinds of things, each with its members; all in the plural.
  static let kinds: [(name: String, members: [String])] = [
    ("fruits", ["apples", "pears", "plums", "melons"]), ("animals", ["dogs", "cats", "horses", "rabbits"]),
    ("vehicles", ["cars", "buses", "trucks", "bicycles"]), ("flowers", ["roses", "tulips", "lilies", "daisies"]),
    ("tools", ["hammers", "saws", "shovels", "drills"]), ("toys", ["dolls", "balls", "puppets", "kites"]),
    ("instruments", ["violins", "drums", "flutes", "guitars"]),
  ]

  static let agents = [
    "Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry", "Ivy", "Jack", "Karen", "Leo", "the baker", "the doctor",
    "the farmer", "the nurse", "the pilot", "the teacher",
  ]
  static let numbers = ["two", "three", "four", "five", "six", "seven"]
  static let colors = ["red", "blue", "green", "yellow", "black", "white"]
  static let places = [
    "at the market", "in the park", "at the station", "in the garden", "at the school", "by the river", "in the kitchen", "in the library",
  ]
  static let times = [
    "in the morning", "in the evening", "at night", "on Monday", "on Tuesday", "on Friday", "last week", "last year",
  ]
  static let purposes = [
    "for a friend", "for a neighbour", "for the children", "for a guest", "because of the rain", "because of the cold", "for a party",
    "for the holidays",
  ]

  /// Words that only stories need.
  static let openers = ["yes", "no", "maybe", "so", "then", "later", "question", "answer", "true", "false", "neither", "someone"]
}
