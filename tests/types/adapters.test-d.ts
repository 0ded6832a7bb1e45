/**
 * What the hand-written types of `pkg/adapters` promise is what the modules have, which are shipped as they are.
 */
import type * as amazonConnect from "../../pkg/adapters/amazon-connect.d.ts";
import { amazonConnectStreams } from "../../pkg/adapters/amazon-connect.mjs";
import type * as janusTypes from "../../pkg/adapters/janus.d.ts";
import { janus } from "../../pkg/adapters/janus.mjs";
import type * as jssipTypes from "../../pkg/adapters/jssip.d.ts";
import { jssip } from "../../pkg/adapters/jssip.mjs";
import type * as livekitTypes from "../../pkg/adapters/livekit.d.ts";
import { livekit } from "../../pkg/adapters/livekit.mjs";
import type * as peerConnection from "../../pkg/adapters/peer-connection.d.ts";
import { peerConnections } from "../../pkg/adapters/peer-connection.mjs";
import type * as sipjsTypes from "../../pkg/adapters/sipjs.d.ts";
import type * as sipjsLegacyTypes from "../../pkg/adapters/sipjs-legacy.d.ts";
import { sipjsLegacy } from "../../pkg/adapters/sipjs-legacy.mjs";
import { sipjs } from "../../pkg/adapters/sipjs.mjs";
import type * as twilioTypes from "../../pkg/adapters/twilio.d.ts";
import { twilioVoice } from "../../pkg/adapters/twilio.mjs";

export const shipped: [
  typeof amazonConnect.amazonConnectStreams,
  typeof janusTypes.janus,
  typeof jssipTypes.jssip,
  typeof livekitTypes.livekit,
  typeof peerConnection.peerConnections,
  typeof sipjsTypes.sipjs,
  typeof sipjsLegacyTypes.sipjsLegacy,
  typeof twilioTypes.twilioVoice,
] = [amazonConnectStreams, janus, jssip, livekit, peerConnections, sipjs, sipjsLegacy, twilioVoice];
