export const patterns = {
  password: '^(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d]{12,}$',
  token: '%s-%d',
  secret: 'hex:32',
}
