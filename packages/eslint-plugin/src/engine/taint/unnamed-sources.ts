import type { Node, Property, SourceCode } from '../syntax/nodes.ts'
import { writtenTypesOf } from '../code/annotations.ts'
import { words, wordsOf } from '../naming/names.ts'
import { perFile } from '../per-file.ts'
import { keyOf, memberKey, unwrap } from '../syntax/syntax.ts'
import { variableOf } from '../syntax/constants.ts'
import { visited } from '../visits.ts'

/** All headers of a request, its cookies, or the headers of a failed request in an error of axios. */
const ALL_HEADERS =
  /(?:^|[.$])(?:(?:req|request)\.(?:headers(?:\.cookie)?|rawHeaders|cookies|signedCookies)|(?:e|err|error|reason|\w+(?:Err|Error))(?:\.response)?\.config\.headers)$/

/** Whether what has that path holds all headers of a request, credentials among them. */
export function holdsAllHeaders(path: string): boolean {
  return ALL_HEADERS.test(path)
}

const URL_KEYS = words('url uri connectionString')
/** Types of the options of clients of databases and brokers, whose URL may hold a password. */
const CLIENT_OPTIONS =
  /(?:redis|mongo|pg|postgres|mysql|amqp)\w*(?:Options|Config)$|^pg\.(?:Client|Pool)Config$/i

/** Whether `node` is the URL among the options of a client of a database: `options.url` of `RedisClientOptions`. */
export function isConnectionUrl(node: Node, source: SourceCode): boolean {
  const bare = unwrap(node)
  if (bare.type !== 'MemberExpression' || !URL_KEYS.has(memberKey(bare) ?? '')) return false
  return writtenTypesOf(bare.object, source).some((type) => CLIENT_OPTIONS.test(type))
}

const USER_WORDS = words('user username login')

/** Whether a value of that name is one of the two parts of a login; the other is its `pass`. */
function isUserName(name: string): boolean {
  const named = wordsOf(name)
  return USER_WORDS.has(named.at(-1) ?? '') || named.join(' ').endsWith('user name')
}

/** Whether `node` is a `pass` beside the name of a user: a parameter, a part of a pattern, or a property of the same object. */
export function isPassOfUser(node: Node, source: SourceCode): boolean {
  const bare = unwrap(node)
  if (bare.type === 'Identifier') {
    return bare.name === 'pass' && namesBeside(bare, source).some(isUserName)
  }
  const isMember = bare.type === 'MemberExpression' && memberKey(bare) === 'pass'
  const owner = isMember ? unwrap(bare.object) : undefined
  return owner?.type === 'Identifier' && ownersOfUsers('users', source).has(owner.name)
}

/** Whether `property` is a `pass` beside the name of a user: `{ user, pass }`. */
export function isPassBesideUser({ key, computed, parent }: Property): boolean {
  if (keyOf({ key, computed }) !== 'pass' || parent.type !== 'ObjectExpression') return false
  return parent.properties.some((each) => each.type === 'Property' && isUserName(keyOf(each) ?? ''))
}

/** The names of all that is declared by the same function or pattern as the variable of `identifier`. */
function namesBeside(
  identifier: Extract<Node, { type: 'Identifier' }>,
  source: SourceCode,
): string[] {
  const declaration = variableOf(identifier, source)?.defs[0]?.node
  const declared = declaration === undefined ? [] : source.getDeclaredVariables(declaration)
  return declared.map(({ name }) => name)
}

/** The variables of which the file reads the name of a user: `options` of `options.user`. */
const ownersOfUsers = perFile(
  (_question: 'users', source): ReadonlySet<string> =>
    new Set(
      visited(source, 'MemberExpression').flatMap((member) => {
        const { object } = member
        return object.type === 'Identifier' && isUserName(memberKey(member) ?? '')
          ? object.name
          : []
      }),
    ),
)
