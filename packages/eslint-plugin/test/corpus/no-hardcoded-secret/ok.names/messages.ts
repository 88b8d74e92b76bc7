export const errors = {
  password: 'Must be at least 12 characters long and contain 1 digit',
  token: 'E1001: The token has expired',
}
