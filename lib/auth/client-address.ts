/**
 * The peer address of a request, for throttling. The server sets it from the
 * socket and removes what a client sent under this name.
 */
export const clientAddressHeader = "x-deltaseal-client-address"
