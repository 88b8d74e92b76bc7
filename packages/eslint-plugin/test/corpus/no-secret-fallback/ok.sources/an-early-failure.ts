export function adminPassword(): string {
  if (!process.env.ADMIN_PASSWORD) throw new Error('ADMIN_PASSWORD is not set')
  return process.env.ADMIN_PASSWORD
}
