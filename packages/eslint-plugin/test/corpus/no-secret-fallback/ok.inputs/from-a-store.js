const prepareHeaders = (headers, { getState }) => {
  const token = getState().auth?.user?.token ?? ''
  if (token) headers.set('authorization', `Bearer ${token}`)
  return headers
}
module.exports = { prepareHeaders }
