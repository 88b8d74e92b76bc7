/** Methods that hand what they are called on, or its elements, or its failure, to their first argument. */
export const RECEIVER_CALLBACKS: ReadonlySet<string> = new Set(
  'map forEach flatMap filter find findLast some every reduce then catch'.split(' '),
)
