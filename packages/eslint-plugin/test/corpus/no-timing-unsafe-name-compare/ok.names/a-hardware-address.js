export const findDevice = (devices, mac) => devices.find((device) => device.mac === mac)
