const copies = new Map()

export function refresh(node) {
  const signature = node.outerHTML
  const existing = copies.get(node)
  if (existing?.signature === signature) return
  copies.set(node, { signature })
}
