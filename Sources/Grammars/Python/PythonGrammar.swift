/// The grammar of Python over its tokens, in GBNF: what stands in quotes is a token.
///
/// Source: «Full grammar specification» of Python 3.11, written anew without recursion at the beginning of rules; parameters of types and
/// the statement `type` of 3.12, and f-strings as 3.12 reads them, which takes in all that 3.11 does. Where CPython's compiler refuses more
/// than its grammar (`return` outside functions, `break` outside loops), blocks have versions.
enum PythonGrammar {
  static let text: String = {
    let blocks = [("m", "l"), ("f", "g"), ("l", "l"), ("g", "g")].map { name, loop in
      statements.replacing("%L", with: "-" + loop).replacing("%", with: "-" + name)
    }
    let lists = ["p", "l"].map { parameters.replacing("~", with: $0) }
    return ([start] + blocks + lists + [expressions, targets, patterns]).joined(separator: "\n")
  }()

  private static let start = #"""
    root ::= statement-m* "END"
    flow-m ::= "pass"
    flow-f ::= "pass" | return
    flow-l ::= "pass" | "break" | "continue"
    flow-g ::= "pass" | "break" | "continue" | return
    return ::= "return" star-expressions?
    name ::= "NAME" | "match" | "case" | "type"
    """#

  private static let statements = #"""
    statement% ::= simple% | compound%
    simple% ::= small% (";" small%)* ";"? "NEWLINE"
    small% ::= assignment | star-expressions | yield | flow% | del | assert | import | raise | global | alias
    block% ::= "NEWLINE" "INDENT" statement%+ "DEDENT" | simple%
    compound% ::= if% | while% | for% | with% | try% | match% | definition
    if% ::= "if" named ":" block% ("elif" named ":" block%)* else%?
    else% ::= "else" ":" block%
    while% ::= "while" named ":" block%L else%?
    for% ::= "async"? "for" star-targets "in" star-expressions ":" block%L else%?
    with% ::= "async"? "with" with-items ":" block%
    try% ::= "try" ":" block% (except%+ else%? finally%? | except-star%+ else%? finally%? | finally%)
    except% ::= "except" (expression ("as" name)?)? ":" block%
    except-star% ::= "except" "*" expression ("as" name)? ":" block%
    finally% ::= "finally" ":" block%
    match% ::= "match" subject ":" "NEWLINE" "INDENT" case%+ "DEDENT"
    case% ::= "case" patterns ("if" named)? ":" block%
    """#

  /// `p` for functions, with annotations; `l` for lambdas.
  private static let parameters = #"""
    ~parameters ::= ~plain | ~first-default | ~star
    ~plain ::= ~parameter ("," (~plain | ~first-default | ~star | "/" ("," (~plain-2 | ~default-2 | ~star)?)?)?)?
    ~first-default ::= ~default ("," (~first-default | ~star | "/" ("," (~default-2 | ~star)?)?)?)?
    ~plain-2 ::= ~parameter ("," (~plain-2 | ~default-2 | ~star)?)?
    ~default-2 ::= ~default ("," (~default-2 | ~star)?)?
    ~star ::= "*" ~star-parameter ("," ~keyword)* ("," ~rest)? ","? | "*" ("," ~keyword)+ ("," ~rest)? ","? | ~rest ","?
    ~keyword ::= ~parameter | ~default
    ~default ::= ~parameter "=" expression
    ~rest ::= "**" ~parameter
    """#

  private static let expressions = #"""
    definition ::= decorator* (function | class)
    decorator ::= "@" named "NEWLINE"
    function ::= "async"? "def" name type-parameters? "(" pparameters? ")" ("->" expression)? ":" block-f
    class ::= "class" name type-parameters? ("(" arguments? ")")? ":" block-m
    type-parameters ::= "[" type-parameter ("," type-parameter)* ","? "]"
    type-parameter ::= name (":" expression)? | "*" name | "**" name
    alias ::= "type" name type-parameters? "=" expression
    pparameter ::= name (":" expression)?
    pstar-parameter ::= name (":" star-expression)?
    lparameter ::= name
    lstar-parameter ::= name
    with-items ::= with-item ("," with-item)* | "(" with-item ("," with-item)* ","? ")"
    with-item ::= expression ("as" star-target)?
    subject ::= named | star-named "," star-list?
    assert ::= "assert" expression ("," expression)?
    raise ::= "raise" (expression ("from" expression)?)?
    global ::= ("global" | "nonlocal") name ("," name)*
    import ::= "import" module-as ("," module-as)* | "from" (("." | "...")* module | ("." | "...")+) "import" imported
    module ::= name ("." name)*
    module-as ::= module ("as" name)?
    imported ::= "*" | name-as ("," name-as)* | "(" name-as ("," name-as)* ","? ")"
    name-as ::= name ("as" name)?
    yield ::= "yield" ("from" expression | star-expressions)?
    star-expressions ::= star-expression ("," star-expression)* ","?
    star-expression ::= "*" sum | expression
    star-list ::= star-named ("," star-named)* ","?
    star-named ::= "*" sum | named
    named ::= name ":=" expression | expression
    expression ::= disjunction ("if" disjunction "else" expression)? | "lambda" lparameters? ":" expression
    disjunction ::= conjunction ("or" conjunction)*
    conjunction ::= inversion ("and" inversion)*
    inversion ::= "not"* comparison
    comparison ::= sum (compared sum)*
    compared ::= "==" | "!=" | "<" | ">" | "<=" | ">=" | "in" | "not" "in" | "is" "not"?
    sum ::= factor (operator factor)*
    operator ::= "|" | "^" | "&" | "<<" | ">>" | "+" | "-" | "*" | "/" | "//" | "%" | "@"
    factor ::= ("+" | "-" | "~")* power
    power ::= "await"? primary ("**" factor)?
    primary ::= atom trailer*
    trailer ::= member | "(" arguments? ")"
    member ::= "." name | "[" slice ("," slice)* ","? "]"
    slice ::= named | "*" sum | expression? ":" expression? (":" expression?)?
    arguments ::= positional | named for+
    positional ::= (named | "*" expression) ("," positional?)? | keyword ("," keyword-2?)? | "**" expression ("," keyword-3?)?
    keyword-2 ::= (keyword | "*" expression) ("," keyword-2?)? | "**" expression ("," keyword-3?)?
    keyword-3 ::= (keyword | "**" expression) ("," keyword-3?)?
    keyword ::= name "=" expression
    atom ::= name | "NUMBER" | strings | "True" | "False" | "None" | "..." | tuple | list | braces
    tuple ::= "(" (named | yield | star-named "," star-list? | named for+)? ")"
    list ::= "[" (star-list | named for+)? "]"
    braces ::= "{" (pairs | expression ":" expression for+ | star-list | named for+)? "}"
    pairs ::= pair ("," pair)* ","?
    pair ::= expression ":" expression | "**" sum
    for ::= "async"? "for" star-targets "in" disjunction ("if" disjunction)*
    strings ::= ("STRING" | format)+ | "BYTES"+
    format ::= "FORMAT" field* "FORMATTED"
    field ::= "{" (star-expressions | yield) "="? ("!" name)? (":" field*)? "}"
    """#

  private static let targets = #"""
    assignment ::= (star-targets "=")+ (star-expressions | yield) | single augmented (star-expressions | yield) | single ":" expression ("=" (star-expressions | yield))?
    augmented ::= "+=" | "-=" | "*=" | "/=" | "//=" | "%=" | "@=" | "&=" | "|=" | "^=" | ">>=" | "<<=" | "**="
    single ::= name | part | "(" single ")"
    part ::= atom (trailer* member)
    star-targets ::= target | star-target "," (star-target ("," star-target)* ","?)?
    star-target ::= "*" target | target
    target ::= name | part | "(" (star-targets | target)? ")" | "[" (star-target ("," star-target)* ","?)? "]"
    del ::= "del" deleted ("," deleted)* ","?
    deleted ::= name | part | "(" (deleted ("," deleted)* ","?)? ")" | "[" (deleted ("," deleted)* ","?)? "]"
    """#

  private static let patterns = #"""
    patterns ::= pattern | open-sequence
    open-sequence ::= star-pattern "," (star-pattern ("," star-pattern)* ","?)?
    star-pattern ::= "*" name | pattern
    pattern ::= closed ("|" closed)* ("as" name)?
    closed ::= name ("." name)* | constant | "(" (pattern | open-sequence)? ")" | "[" (star-pattern ("," star-pattern)* ","?)? "]" | mapping | instance
    constant ::= signed (("+" | "-") "NUMBER")? | strings | "True" | "False" | "None"
    signed ::= "-"? "NUMBER"
    mapping ::= "{" (entry ("," entry)* ","?)? "}"
    entry ::= (constant | name ("." name)+) ":" pattern | "**" name
    instance ::= name ("." name)* "(" (inside ("," inside)* ","?)? ")"
    inside ::= pattern | name "=" pattern
    """#
}
