export function need(name) {
  if (process.env[name] === undefined) throw new Error(`${name} is not set`)
}
