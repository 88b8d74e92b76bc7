export const en = {
  password: 'Password',
  newPassword: 'Enter a new password (8+ characters)',
  token: 'Token2Go',
  'login.password': 'Your password must have 1 digit.',
  secret: 'Geheimnis',
}
