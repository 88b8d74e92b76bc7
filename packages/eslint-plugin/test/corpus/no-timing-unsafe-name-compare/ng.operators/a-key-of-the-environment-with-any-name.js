exports.handler = async (event) => {
  const { adminKey } = JSON.parse(event.body)
  if (adminKey !== process.env.ADMIN_REFRESH_KEY) return { statusCode: 401 }
  return { statusCode: 200 }
}
