const noun = 'password'

export const password = 'Enter your ' + noun + ' (12 characters)'
