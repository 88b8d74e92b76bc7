import { randomBytes } from 'node:crypto'
export async function forgot(user, mailer) {
  const resetToken = randomBytes(32).toString('hex')
  const link = `https://example.com/reset?token=${resetToken}`
  console.log(`reset link for ${user.email}: ${link}`)
  await mailer.send(user.email, link)
}
