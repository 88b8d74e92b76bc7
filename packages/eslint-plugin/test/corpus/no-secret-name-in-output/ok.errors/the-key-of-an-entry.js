export function find(map, key) {
  if (!map.has(key)) throw new Error(`no entry for ${key}`)
}
