export const config = {
  clientId: 'shop',
  clientSecret: 'RANDOM_ALNUM_40',
}
