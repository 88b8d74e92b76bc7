import type { Node, SourceCode } from '../syntax/nodes.ts'
import { calledPath, isLocalPath } from '../syntax/member-calls.ts'
import { constantValue } from '../syntax/constants.ts'
import { keysGivenTo } from '../key-length/given-keys.ts'
import { isSecretName, wordsOf } from '../naming/names.ts'
import { describe, lastName } from '../syntax/paths.ts'
import { type CallNode, keyOf, memberKey } from '../syntax/syntax.ts'
import { foldedText } from './folded-text.ts'
import { isPlaceholder } from './placeholders.ts'
import { anyPasswordInUrl } from './text-secrets.ts'

/** Modules whose functions and classes log in somewhere with what is in their options. */
const CLIENT_MODULES = [
  'pg|pg-promise|postgres|mysql2?(?:/promise)?|mariadb|mongodb|mongoose|redis|ioredis|@redis/client|amqplib|knex|sequelize',
  'typeorm|@nestjs/typeorm|mssql|tedious|oracledb|cassandra-driver|neo4j-driver|@elastic/elasticsearch|drizzle-orm/[\\w-/]+',
  '@opensearch-project/opensearch|@clickhouse/client|minio|aws-sdk|@aws-sdk/[\\w-]+|nodemailer|imapflow|imap|ldapjs|ldapts',
  'ssh2|ssh2-sftp-client|node-ssh|basic-ftp|kafkajs|mqtt|nats|twilio|stripe|openai|@anthropic-ai/sdk|@octokit/[\\w-]+|octokit',
  '@slack/[\\w-]+|discord\\.js|telegraf|@sendgrid/mail|passport-[\\w-]+|@nestjs/jwt|openid-client|auth0|next-auth|@auth/\\w+',
  'iron-session|express-basic-auth|koa-basic-auth|hono/basic-auth|express-session|cookie-session',
].join('|')
const CLIENTS = new RegExp(`^(?:new )?(?:${CLIENT_MODULES})(?=$|[.(])`)
/** HTTP clients: the login is what stands under `auth`; the rest is sent to a server that may have it. */
const HTTP_MODULES = 'axios|got|ky|superagent|needle|request'
const HTTP_CLIENTS = new RegExp(`^(?:${HTTP_MODULES})(?=$|[.(])`)
/** Modules that take secrets as arguments; given-keys.ts knows most of them. */
const OTHER_MODULES =
  '(?:node:)?crypto|jsonwebtoken|jose|fast-jwt|[\\w-]*-jwt|@fastify/[\\w-]+|cookie-parser|cookie-signature|keygrip|koa|hono/\\w+|' +
  'better-auth|bcrypt|bcryptjs|argon2|@node-rs/\\w+'

/** No file without one of these gives a secret to anything that is known. */
const GIVES_SECRETS = new RegExp(
  `['"](?:${[CLIENT_MODULES, HTTP_MODULES, OTHER_MODULES].join('|')})['"]|\\bcrypto\\.|Secret\\.of\\b`,
)

/** Whether a file of that text could give a secret to a function that {@link secretsGivenTo} knows. */
export function mayGiveSecrets(text: string): boolean {
  return GIVES_SECRETS.test(text)
}

/** Arguments that are secrets, by the path of what takes them. */
const ARGUMENTS: readonly (readonly [path: RegExp, index: number])[] = [
  [/^crypto\.(?:scrypt|pbkdf2)(?:Sync)?$/, 0],
  [/^crypto\.hkdf(?:Sync)?$/, 1],
  [/^(?:bcrypt|bcryptjs|argon2|@node-rs\/\w+)\.hash(?:Sync)?$/, 0],
  [/^new sequelize(?:\.Sequelize)?$/, 2],
  [/^twilio$/, 1],
  [/^(?:ldapjs\.createClient|ldapts\.Client)\(\)\.bind$/, 1],
  [/^neo4j-driver\.auth\.basic$/, 1],
  [/^discord\.js\.Client\(\)\.login$/, 0],
  [/^new (?:stripe|@slack\/web-api\.WebClient|telegraf\.Telegraf)$/, 0],
  [/^@sendgrid\/mail\.setApiKey$/, 0],
  [/(?:^|\.)Secret\.of$/, 0],
]

/** Options that are secrets, and are not called so everywhere. */
const OPTION_NAMES: ReadonlySet<string> = new Set(['pass', 'auth', 'secretOrKey', 'keys'])
/** An option whose values are all passwords, by the names of the users. */
const USERS = 'users'

/** Words that mark what looks like a key as none: what is hashed with it is the secret. */
const LABEL_WORDS: ReadonlySet<string> = new Set(
  'salt domain label info context separator namespace tag personalization vector vectors'.split(
    ' ',
  ),
)
/** `acme/audit-log/v1`, `key-derivation` */
const LABEL = /^[\w.-]+(?:[/:][\w.-]+)+$|-v\d+$|deriv|compar|domain|context|namespace/i

/** The constants that `call` is given as a secret. */
export function secretsGivenTo(call: CallNode, source: SourceCode): Node[] {
  const path = calledPath(call, source)
  if (path === undefined || isLocalPath(path)) return []
  const keys = keysGivenTo(call, source).map(({ node }) => node)
  const row = ARGUMENTS.find(([pattern]) => pattern.test(path))
  const argument = row && call.arguments[row[1]]
  return [
    ...(isOfSecret(call) ? [] : keys.filter((node) => isKey(node, source))),
    ...(argument !== undefined && isCredential(argument, source) ? [argument] : []),
    ...(CLIENTS.test(path) ? call.arguments.flatMap((each) => inOptions(each, source)) : []),
    ...(HTTP_CLIENTS.test(path) ? call.arguments.flatMap((each) => inLogin(each, source)) : []),
  ]
}

/** Whether a keyed hash is one of a secret, so that its key is no more than a label: `createHmac('sha256', 'x').update(secret)`. */
function isOfSecret({ parent }: CallNode): boolean {
  if (parent.type !== 'MemberExpression' || memberKey(parent) !== 'update') return false
  const [hashed] = parent.parent.type === 'CallExpression' ? parent.parent.arguments : []
  return hashed !== undefined && isSecretName(lastName(hashed) ?? '')
}

/** Any constant is a publicly known key, but not what only labels the purpose of a hash. */
function isKey(node: Node, source: SourceCode): boolean {
  const text = foldedText(node, source)
  if (text === undefined || text === '' || LABEL.test(text)) return false
  return !wordsOf(describe(node)).some((word) => LABEL_WORDS.has(word))
}

function isCredential(node: Node, source: SourceCode): boolean {
  const text = foldedText(node, source)
  return text !== undefined && text !== '' && !isPlaceholder(text)
}

/** Options in options: the search ends at this depth, as an object may be a part of itself, as in `all = { all }`. */
const MAX_DEPTH = 8

/** The constants in the options of a client that are secrets, and URLs with a password. */
function inOptions(given: Node, source: SourceCode, depth = 0): Node[] {
  if (depth > MAX_DEPTH) return []
  const value = constantValue(given, source)
  if (value.type !== 'ObjectExpression') {
    return anyPasswordInUrl(foldedText(given, source) ?? '') === undefined ? [] : [given]
  }
  return value.properties.flatMap((property) => {
    if (property.type === 'SpreadElement') return inOptions(property.argument, source, depth + 1)
    const key = keyOf(property) ?? ''
    if (key === USERS) return valuesIn(property.value, source)
    const isSecret = isSecretName(key) || OPTION_NAMES.has(key)
    return isSecret && isCredential(property.value, source)
      ? [property.value]
      : inOptions(property.value, source, depth + 1)
  })
}

function inLogin(given: Node, source: SourceCode): Node[] {
  const value = constantValue(given, source)
  if (value.type !== 'ObjectExpression') return []
  return value.properties.flatMap((property) =>
    property.type === 'Property' && keyOf(property) === 'auth'
      ? inOptions(property.value, source)
      : [],
  )
}

function valuesIn(node: Node, source: SourceCode): Node[] {
  const value = constantValue(node, source)
  if (value.type !== 'ObjectExpression') return []
  return value.properties.flatMap((property) =>
    property.type === 'Property' && isCredential(property.value, source) ? [property.value] : [],
  )
}
