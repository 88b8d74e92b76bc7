// @reports name
const { DATABASE_CERTTRANSPARENCY: url } = process.env
export default url
