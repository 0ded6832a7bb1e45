// @ts-check
/** Installs the servers of the stores and their packages, so that the types of these files can be checked. */
import { prepare } from "./environment.mjs";

prepare();
