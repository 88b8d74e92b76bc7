const env = process['env']

export function signingKey() {
  return env.SIGNING_KEY
}
