export const storage =
  'DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=RANDOM_BASE64_64;EndpointSuffix=core.windows.net'
