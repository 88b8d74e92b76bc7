export function adminPassword(): string {
  if (!process.env.ADMIN_PASSWORD) return 'admin123'
  return process.env.ADMIN_PASSWORD
}
