export const options = { username: 'assistant', password: 'RANDOM_ALNUM_40' }
