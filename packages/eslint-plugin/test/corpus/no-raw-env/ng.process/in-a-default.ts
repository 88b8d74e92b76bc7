export function connect({ url = process.env.REDIS_URL } = {}) {
  return { url }
}
