export const shown = (user?: { password?: string }) =>
  user === undefined ? '' : (user.password ?? 'Зашифрован в базе')
