import type { Node } from '../syntax/nodes.ts'
import { isHumanPassword, isSecretName, words, wordsOf } from '../naming/names.ts'
import { lastName } from '../syntax/paths.ts'
import { ancestorsOf, isFunction, keyOf } from '../syntax/syntax.ts'

/** Last words of secrets whose length means little: codes to type in, addresses with a secret in them, lists. */
const UNMEASURED_WORDS = words(
  'otp passcode pw url dsn string secrets passwords passphrases credentials keys apikeys',
)

/** Words for what comes in with a request, or goes out with an answer: another party's value, and only looked at. */
const PASSING_WORDS = words(
  'body query querystring params headers cookies request response reply result input dto payload message event form login ' +
    'signin signup register redeem',
)

/** The secret whose schema `node` is part of, by the name of the property, field or variable that holds it. */
export function declaredSecret(node: Node): string | undefined {
  const holder = holderOf(node)
  const name = holder && nameOf(holder)
  if (holder === undefined || name === undefined || !isMeasured(name)) return undefined
  return isPassing(holder) ? undefined : name
}

/** Whether `name` is one of the environment. */
export function isConstantCase(name: string): boolean {
  return /^[A-Z][A-Z\d_]*$/.test(name)
}

/** Whether a secret of that name has a length that a policy can speak of. */
export function isMeasured(name: string): boolean {
  const last = wordsOf(name).at(-1) ?? ''
  return isSecretName(name) && !isHumanPassword(name) && !UNMEASURED_WORDS.has(last)
}

/** The node that names the schema, outside the chain of calls that makes it. */
function holderOf(node: Node): Node | undefined {
  for (const around of ancestorsOf(node)) {
    if (!CHAIN.has(around.type)) return around
  }
  return undefined
}

const CHAIN: ReadonlySet<string> = new Set(['MemberExpression', 'CallExpression', 'Decorator'])

function nameOf(holder: Node): string | undefined {
  switch (holder.type) {
    case 'Property':
    case 'PropertyDefinition':
      return keyOf(holder)
    case 'VariableDeclarator':
      return lastName(holder.id)
    case 'CallExpression':
      return lastName(holder.callee)
    default:
      return undefined
  }
}

/** Whether what is declared passes through: `body: { token: … }`, `procedure.input(z.object({ token: … }))`. */
function isPassing(holder: Node): boolean {
  for (const around of ancestorsOf(holder)) {
    if (isFunction(around)) return false
    const name = nameOf(around) ?? ''
    if (wordsOf(name).some((word) => PASSING_WORDS.has(word))) return true
  }
  return false
}
