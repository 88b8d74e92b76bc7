export const dbPassword = 'Summer-RANDOM_DIGITS_4!'
