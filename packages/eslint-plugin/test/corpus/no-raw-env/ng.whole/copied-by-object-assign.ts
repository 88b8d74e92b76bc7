export const config = Object.assign({}, { PORT: '3000' }, process.env)
