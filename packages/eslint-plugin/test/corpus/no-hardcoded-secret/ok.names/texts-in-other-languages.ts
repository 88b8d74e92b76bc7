export const es = { password: 'Contraseña', newPassword: 'Nueva contraseña*', token: 'Código' }
