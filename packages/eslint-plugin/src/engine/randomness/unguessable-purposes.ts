import type { LocalCode } from '../code/local-code.ts'
import { boundValues, nameOfFunction, type NamingNode } from '../code/bound-values.ts'
import { perName, words, wordsOf } from '../naming/names.ts'
import { describe } from '../syntax/paths.ts'
import { ancestorsOf, isClass, isFunction } from '../syntax/syntax.ts'
import type { UnguessableValue } from './unguessable-places.ts'

/** Names of too many things, and the words for the purpose of a function or class whose value must be unguessable. */
const PURPOSES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'code',
    words(
      'reset invite invitation verification verify activation activate confirmation confirm recovery otp',
    ),
  ],
  ['id', words('handshake')],
])

const hasPurpose = perName((name) => PURPOSES.has(name.toLowerCase()))

/** The value that `node` keeps as a mere `code` or `id`, if it stands in what resets a password or verifies a person. */
export function unguessableByPurpose(node: NamingNode, code: LocalCode): UnguessableValue[] {
  const wanted = boundValues(node, code, (name, isResult) => !isResult && hasPurpose(name))
  return wanted
    .filter(({ name }) => servesAny(node, PURPOSES.get(name.toLowerCase()) ?? new Set()))
    .map(({ name, value, isAdded }) => ({
      value,
      what: name,
      isPart: isAdded,
      isNumbering: name.toLowerCase() === 'id',
    }))
}

/** Whether a function or class around `node` has one of these words in its name, or in that of what it is a method of. */
function servesAny(node: NamingNode, purposes: ReadonlySet<string>): boolean {
  return namesAround(node).some((name) => wordsOf(name).some((word) => purposes.has(word)))
}

function namesAround(node: NamingNode): string[] {
  return [...ancestorsOf(node)].flatMap((around) => {
    if (isClass(around)) return around.id?.name ?? []
    if (!isFunction(around)) return []
    const { parent } = around
    return parent.type === 'AssignmentExpression'
      ? describe(parent.left)
      : (nameOfFunction(around) ?? [])
  })
}
