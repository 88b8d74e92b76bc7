export function secretOf(config: { jwtSecret?: string }) {
  if (!config.jwtSecret) {
    config.jwtSecret = 'your-256-bit-secret'
  }
  return config.jwtSecret
}
