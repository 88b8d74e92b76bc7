const password = process.env['SERVICE_PASSWORD']
export const login = () =>
  fetch('https://example.com/login', { method: 'POST', body: JSON.stringify({ password }) })
