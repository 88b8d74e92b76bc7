export function isDebugging(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.DEBUG !== undefined
}
