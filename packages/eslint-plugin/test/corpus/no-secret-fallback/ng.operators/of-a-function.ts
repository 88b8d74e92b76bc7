export function getJwtSecret(): string {
  return process.env.JWT_SIGNING ?? 'unsafe-jwt-secret'
}
