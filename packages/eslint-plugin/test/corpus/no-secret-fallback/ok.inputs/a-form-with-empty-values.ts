export const initial = (user: { name?: string; password?: string } = {}) => ({
  name: user.name ?? '',
  password: user.password ?? '',
})
