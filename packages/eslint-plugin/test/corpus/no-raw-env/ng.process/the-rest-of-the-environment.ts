const { NODE_ENV, ...others } = process.env

export const settings = { production: NODE_ENV === 'production', ...others }
