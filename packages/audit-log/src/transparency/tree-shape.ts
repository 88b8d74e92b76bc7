/** The place of a perfect subtree: the one over leaves `index * 2^level` to `(index + 1) * 2^level - 1`. */
export interface NodePlace {
  /** 0 for a leaf. */
  readonly level: number
  /** From the left, within its level. */
  readonly index: number
}

/** Leaves from `start` to `end - 1`. Where a range is split, both parts begin at a multiple of their size. */
export interface LeafRange {
  readonly start: number
  readonly end: number
}

/** Lists the perfect subtrees that a range consists of, the largest first. */
export function perfectSubtrees({ start, end }: LeafRange): NodePlace[] {
  const places: NodePlace[] = []
  for (let at = start; at < end;) {
    const level = levelWithin(end - at)
    places.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return places
}

/** Lists the ranges whose hashes prove that leaf `index` is in a tree, from leaf to root (RFC 9162, section 2.1.3.1). */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + splitPoint(end - start)
    if (index < middle) {
      ranges.push({ start: middle, end })
      end = middle
    } else {
      ranges.push({ start, end: middle })
      start = middle
    }
  }
  return ranges.reverse()
}

/** Lists the ranges whose hashes prove that a tree of `size` leaves begins with one of `before` (RFC 9162, section 2.1.4.1). */
export function consistencyRanges(before: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = []
  let [start, end] = [0, size]
  while (end !== before) {
    const middle = start + splitPoint(end - start)
    if (before <= middle) {
      ranges.push({ start: middle, end })
      end = middle
    } else {
      ranges.push({ start, end: middle })
      start = middle
    }
  }
  // The subtree that ends the smaller tree is known to the verifier only if it is that whole tree.
  if (start > 0) ranges.push({ start, end })
  return ranges.reverse()
}

/** The greatest power of two below `count`. */
function splitPoint(count: number): number {
  return 2 ** levelWithin(count - 1)
}

// Math.log2 rounds up just below great powers of two.
function levelWithin(count: number): number {
  let level = 0
  while (2 ** (level + 1) <= count) level += 1
  return level
}
