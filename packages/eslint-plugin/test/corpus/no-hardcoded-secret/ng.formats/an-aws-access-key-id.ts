export const credentials = { id: 'AKIARANDOM_UPPER_16' }
