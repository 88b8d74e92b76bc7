export function check({ password, email }: { password: string; email: string }) {
  if (password === email || password.includes(email)) throw new Error('too easy to guess')
}
