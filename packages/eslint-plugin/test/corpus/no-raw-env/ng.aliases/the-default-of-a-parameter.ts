export function loadSettings(env: NodeJS.ProcessEnv = process.env) {
  return { url: env.DATABASE_URL }
}
