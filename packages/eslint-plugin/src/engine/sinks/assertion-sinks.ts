import { namesInErrors } from '../naming/name-policy.ts'
import { withoutErrors } from './errors.ts'
import { afterFirst } from './leaving.ts'
import type { SinkFamily } from './sink.ts'
import { sinkByRows, type SinkRow } from './sink-rows.ts'

/** An assertion that fails shows both operands in its message. */
const OPERANDS =
  'equal|notEqual|strictEqual|notStrictEqual|deepEqual|notDeepEqual|deepStrictEqual|notDeepStrictEqual|' +
  'partialDeepStrictEqual|match|doesNotMatch|fail|ifError'

const ROWS: readonly SinkRow[] = [
  { path: new RegExp(`^assert(?:[./]strict)?\\.(?:${OPERANDS})$`) },
  { path: /^assert(?:[./]strict)?(?:\.\w+)?$|^(?:tiny-)?invariant$/, leaving: afterFirst },
  { method: /^assert$/, on: { names: /^(?:ctx|context)$/ }, leaving: afterFirst },
]

/** Values that an assertion shows if it fails. Apart from other errors, since in a test it shows what was made for the test. */
export const ASSERTION_SINKS: SinkFamily = {
  names: namesInErrors,
  mayBeIn: (text) => /assert|invariant/.test(text),
  find(node, context) {
    if (node.type !== 'CallExpression') return undefined
    return withoutErrors(sinkByRows(node, ROWS, context), context)
  },
}
