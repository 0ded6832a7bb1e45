/** Importing `callseal/tap` before the page's scripts lets Callseal see every call of the page. */

/** Tells the tap that a connection is not a call of the agent. Allowed at any time before the call is answered. */
export declare function ignore(connection: RTCPeerConnection): void;
