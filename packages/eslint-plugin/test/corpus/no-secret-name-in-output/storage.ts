// ---- a-password-in-local-storage
export function remember(user: string, password: string) {
  localStorage.setItem('user', user)
  localStorage.setItem('password', password) // expect: suspiciousName
}

// ---- a-token-in-a-cookie
export function remember(token: string, theme: string) {
  document.cookie = `theme=${theme}`
  document.cookie = `token=${token}` // expect: suspiciousName
}
