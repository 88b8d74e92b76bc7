export const tokens = [
  { token: 'IDENTIFIER2', text: 'a' },
  { token: '=>', text: '=>' },
  { token: 'template0literal', text: '`' },
]
