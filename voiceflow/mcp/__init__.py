"""Tools of servers that speak the Model Context Protocol."""

from voiceflow.mcp.server import McpServer as McpServer
