export const poolOptions = (given: object) => ({
  user: 'app',
  password: 'app',
  ...given,
})
